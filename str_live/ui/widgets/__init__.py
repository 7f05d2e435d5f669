"""Parts of the window that panels and views are made of."""
