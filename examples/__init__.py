"""Scripts to run and read; installed as `minitorch_nlp.examples`."""
