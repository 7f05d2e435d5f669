"""Films of what the views show: the picture with the body, the 3D view and the plots in one frame."""
