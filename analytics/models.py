"""Dashboards, reports and learning: reads everything, is read by nobody."""
