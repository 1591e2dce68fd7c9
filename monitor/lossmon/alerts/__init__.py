"""Alerts: tell people and programs when the verdict on a run changes, or when it ends, fails or stalls.

``alerter`` connects the parts: ``changes`` compares snapshots, ``gate`` holds back what comes at night or too often,
and the channels deliver, each in a thread of its own, so that none of them delays the reading of logs.
"""
