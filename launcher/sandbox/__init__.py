"""A stand-in for the campaign API, written from its documentation; shares no code with the client."""
