"""Chapter 04: one step of a joint embedding."""

__all__ = ["training_step"]


def training_step(text_encoder, image_encoder, optimizer, batch, loss):
    """Move both encoders once, along the gradient of this batch; the loss as a number."""
    text_encoder.train()
    image_encoder.train()
    value = loss(text_encoder(batch.tokens).text, image_encoder(batch.image), batch.labels)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()
