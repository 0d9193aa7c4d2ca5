"""The manifest: text to `Manifest`, with every problem at its position."""
