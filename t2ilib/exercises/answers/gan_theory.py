"""Chapter 01: the best discriminator, and what is left when D is perfect."""

from t2ilib.theory import jensen_shannon, optimal_discriminator

__all__ = ["jensen_shannon", "optimal_discriminator"]
