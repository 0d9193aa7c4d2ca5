"""Start many Kore.ai campaigns at the pace each account allows, never one of them twice."""
