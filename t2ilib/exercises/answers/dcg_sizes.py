"""Chapter 02: sides, and the transposed convolution of one channel."""

__all__ = ["output_side", "scatter"]


def output_side(side, kernel, stride, padding, transposed):
    """The side of what a convolution gives, or a transposed one."""
    if transposed:
        return (side - 1) * stride + kernel - 2 * padding
    return (side + 2 * padding - kernel) // stride + 1


def scatter(image, kernel, stride, padding):
    """(h, w) and (k, k) -> a map: each place lays down the kernel, copies add up, and the edges are cut off."""
    (height, width), size = image.shape, len(kernel)
    whole = image.new_zeros((height - 1) * stride + size, (width - 1) * stride + size)
    for i in range(height):
        for j in range(width):
            whole[i * stride:i * stride + size, j * stride:j * stride + size] += image[i, j] * kernel
    return whole[padding:len(whole) - padding, padding:whole.shape[1] - padding]
