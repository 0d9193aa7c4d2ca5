"""Telling others what happens in a run: event lines, metrics, traces, notifications."""
