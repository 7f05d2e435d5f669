"""Training: free motion -> simulated observations -> network. Imports the model, never the view or the
window."""
