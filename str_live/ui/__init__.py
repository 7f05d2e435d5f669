"""The window: the only part that knows PyQt6. Shows results, hands new Settings to the session."""
