"""May this be read by, or told to, them: consents, revocations, and the one guard every read goes through."""
