//! Journeys through the planner: a dialogue with scripted tool answers, as a console would hold it.
