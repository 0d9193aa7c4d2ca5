"""Results for people and programs: the summary is a fold over events, every renderer a file of its own."""
