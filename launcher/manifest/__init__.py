"""Text to manifest: every problem at once, each with its position."""
