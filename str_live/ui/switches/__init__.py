"""The window "What does each switch do?": STR without each module beside the whole, while it plays."""
