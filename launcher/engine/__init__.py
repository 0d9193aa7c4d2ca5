"""Running a plan: pure decisions, and the workers that obey them."""
