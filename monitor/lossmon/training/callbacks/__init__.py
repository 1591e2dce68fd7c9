"""Callbacks that stop a training which overfits or diverged; a module for each framework, imported when it is used."""
