"""The notation's rules, one function per rule (private to this room; ``check`` runs them)."""
