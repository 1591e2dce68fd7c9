"""Trainings that ``lossmon run`` starts: the process that keeps each of them, and the record of it.

``lossmon run`` gives a training a pseudo-terminal whose other side belongs to a keeper, a small process in a session of
its own. The keeper writes the output to a file and notes in a record how the training ends. Everybody else only reads
these two files, so lossmon may be left, killed or started again at any time.
"""
