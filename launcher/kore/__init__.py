"""The campaign API: endpoints, meaning of replies, tokens, client."""
