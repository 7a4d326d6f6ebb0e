"""The small workloads as other libraries' users write them: `LIBRARY_WORKLOAD(…)` builds one training step, with the same sizes and arithmetic."""
