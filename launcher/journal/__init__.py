"""The durable record: typed events, the life of a launch, the SQLite store."""
