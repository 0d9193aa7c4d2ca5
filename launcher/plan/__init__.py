"""Manifest to plan: what will be launched, in which order. Pure."""
