"""Tensor's methods, one class per family: each line binds a name to where the function is written."""
