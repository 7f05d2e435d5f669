"""Panels of the control column: each reads results or status and writes Settings.

Adding one: a file here and a line in ui/control_column.py.
"""
