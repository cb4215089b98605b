"""Calls of NumPy on arrays of Values: which work, and which cannot.

`python -m tests.support.numpy_calls` writes the lists into docs/how-to/numpy.md.

In each call A and B are 2 by 2, M is 2 by 3, and x and y have three elements.
"""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "numpy.md"

WORKS = {
    "Arithmetic": """
        x + y; x - y; x * y; x / y; x // 0.4; x % 0.4; divmod(x, 0.4); x**2; x**0.5; x**y; 2.0**x
        1 - x; 2 * x; 1 / x; -x; +x; abs(y); np.add(x, y); np.subtract(x, y); np.multiply(x, y)
        np.divide(x, y); np.power(x, y); np.power(2.0, x); np.float_power(x, y); np.mod(x, 0.4)
        np.remainder(x, 0.4); np.floor_divide(x, 0.4); np.fmod(x, 0.4); np.divmod(x, 0.4)
        np.negative(x); np.positive(x); np.square(x); np.reciprocal(x); np.multiply.outer(x, y)
        np.add.reduce(x); np.multiply.reduce(A, axis=0); np.add.accumulate(x); np.add.outer(x, y)
        np.add.reduceat(x, [0, 1]); np.float64(2.0) * x; x * np.float32(2.0); np.ones(3) * x[0]
        x[0] * np.ones(3); x[0] + np.float64(2.0); np.float64(2.0) ** x[0]
    """,
    "Functions of each element": """
        np.exp(x); np.exp2(x); np.expm1(x); np.log(x); np.log2(x); np.log10(x); np.log1p(x)
        np.sqrt(x); np.cbrt(x); np.sin(x); np.cos(x); np.tan(x); np.arcsin(x - 1); np.arccos(x - 1)
        np.arctan(x); np.arctan2(x, y); np.hypot(x, y); np.sinh(x); np.cosh(x); np.tanh(x)
        np.arcsinh(x); np.arccosh(x + 1); np.arctanh(x - 1); np.degrees(x); np.radians(x)
        np.rad2deg(x); np.deg2rad(x); np.sinc(x); np.unwrap(4 * x); np.abs(y); np.absolute(y)
        np.fabs(y); np.sign(y); np.copysign(x, y); np.heaviside(y, 0.5); np.logaddexp(x, y)
        np.logaddexp2(x, y); np.logaddexp.reduce(x); np.floor(x); np.ceil(x); np.trunc(x)
        np.fix(x); np.rint(x); np.round(x); np.round(x, 1); np.around(x, 1); x.round(1)
        np.real(x); np.imag(x); np.conj(x); np.angle(x); np.nan_to_num(x)
        np.exp(x[0]); np.sqrt(x[1]); np.logaddexp(x[0], 1.0); np.exp(np.array([x[0], x[1]]))
    """,
    "Sums, means and products": """
        np.sum(A); np.sum(A, axis=0); np.sum(A, axis=1, keepdims=True); A.sum()
        np.sum([x[0], y[0]])
        np.sum(x, initial=2.0); np.mean(A); np.mean(A, axis=0); A.mean(axis=1); np.prod(x); x.prod()
        np.prod(A, axis=0); np.var(x); np.var(A, axis=0); x.var(ddof=1); np.std(x)
        np.std(A, axis=0)
        x.std(); np.average(x); np.average(x, weights=y); np.median(x); np.percentile(x, 40)
        np.quantile(x, 0.3); np.quantile(x, q=0.3)
        np.nanquantile(x, 0.3); np.nanpercentile(M, 40, axis=1); np.ptp(x)
        np.cumsum(x); np.cumsum(A, axis=0); np.cumprod(x)
        np.diff(x); np.diff(A, axis=0); np.diff(x, n=2); np.ediff1d(x); np.nansum(x); np.nanmean(x)
        np.nanprod(x); np.nancumsum(x); np.nanvar(x); np.nanstd(x); np.nanmedian(x)
        np.log(np.sum(np.exp(x)))
    """,
    "Linear algebra": """
        x @ y; M @ x; A @ B; x.dot(y); np.dot(x, y); np.dot(M, x); np.matmul(A, B); np.inner(x, y)
        np.outer(x, y); np.vdot(x, y); np.kron(A, B); np.cross(x, y); np.trace(A); A.trace()
        np.tensordot(M, x, axes=1); np.tensordot(A, B); np.einsum("i,i", x, y)
        np.einsum("ij,j->i", M, x); np.einsum("ij,jk->ik", A, B); np.einsum("ii", A)
        np.einsum("ij->ji", M); np.einsum("ij,jk,k->i", A, B, A[0], optimize=True)
        np.linalg.norm(x); np.linalg.norm(A); np.linalg.norm(A, axis=1); np.linalg.norm(x, 1)
        np.linalg.norm(A, axis=0, keepdims=True); np.linalg.norm(x, 3); np.linalg.norm(x, np.inf)
        np.linalg.norm(A, "fro"); np.linalg.norm(A, 1); np.linalg.multi_dot([A, B, A])
        np.linalg.matrix_power(A, 3); np.convolve(x, y); np.correlate(x, y); np.polyval(x, 2.0)
        np.polyval(x, y); np.vander(x); np.polynomial.polynomial.polyval(2.0, x)
    """,
    "Choices": """
        np.maximum(x, y); np.minimum(x, y); np.maximum(x, 1.0); np.minimum(1.0, x); np.fmax(x, y)
        np.fmin(x, y); np.max(x); np.min(x); x.max(); x.min(); np.max(A); np.max(A, axis=0)
        np.maximum.reduce(x); np.maximum.accumulate(x); np.nanmax(x); np.clip(x, 0.3, 1.0)
        x.clip(0.3, 1.0); np.clip(x, None, 1.0); np.clip(x, y - 1, y + 1); np.where(x > 1, x, y)
        np.where(x > 1, x, 0.0); np.tanh(np.where(x > 1, x, 0.0)); np.tanh(np.maximum(x, 1.0))
        np.select([x > 1, x > 0.4], [x, y], 0.0); np.choose([0, 1, 0], [x, y])
        np.piecewise(x, [x > 1], [lambda t: t * t, lambda t: -t]); np.sort(x); np.sort(A, axis=0)
        np.partition(x, 1); np.unique(x); x[x > 0.4]; np.extract(x > 0.4, x)
        np.compress(x > 0.4, x)
        np.maximum(x[0], 1.0); np.where(True, x[0], x[1]); np.clip(x[0], 0.0, 1.0)
        max(x); min(x); sorted(x)
    """,
    "Questions, answered by numbers and truths": """
        x == y; x != y; x < y; x <= y; x > y; x >= y; np.equal(x, y); np.less(x, y)
        np.greater(x, 1)
        np.argmax(x); np.argmin(x); x.argmax(); np.argsort(x); np.argpartition(x, 1)
        np.lexsort((x,)); np.searchsorted(np.sort(x), 0.4); np.digitize(x, [0.0, 1.0])
        np.nonzero(y)
        np.count_nonzero(x); np.flatnonzero(x); np.any(x); np.all(x > 0); np.isin(x, y); np.isnan(x)
        np.isfinite(x); np.isinf(x); np.signbit(y); np.isclose(x, y); np.allclose(x, x)
        np.array_equal(x, x); np.logical_and(x, y); np.logical_or(x, y); np.logical_not(x)
        np.logical_xor(x, y); np.isnan(x[0]); x[0] < np.float32(2.0); np.float32(2.0) < x[0]
    """,
    "Shapes and parts": """
        np.stack([x, y]); np.concatenate([x, y]); np.vstack([x, y]); np.hstack([x, y])
        np.dstack([x, y]); np.column_stack([x, y]); np.block([[A, B], [B, A]]); np.append(x, 1.0)
        np.insert(x, 1, 2.0); np.delete(x, 1); np.split(x, 3); np.array_split(x, 2)
        np.reshape(A, 4); A.reshape(4, 1); A.ravel(); A.flatten(); np.transpose(M); M.T
        np.swapaxes(M, 0, 1); np.moveaxis(M, 0, 1); np.squeeze(M[None]); np.expand_dims(x, 0)
        x[:, None] * y; x[1:] - x[:-1]; x[[0, 2]]; np.broadcast_to(x, (2, 3)); np.tile(x, 2)
        np.repeat(x, 2); np.roll(x, 1); np.flip(x); np.rot90(A); np.pad(x, 1); np.pad(x, 1, "edge")
        np.diag(x); np.diag(A); np.diagonal(A); np.diagflat(x); np.tril(A); np.triu(A)
        np.take(x, [0, 2]); np.take_along_axis(x, np.array([2, 0]), 0); np.meshgrid(x, y)
        np.zeros_like(x); np.ones_like(x); np.copy(x); x.copy(); np.asarray(x); x.tolist()
        x.item(0)
        np.array([x[0], 1.0]); np.full(3, x[0]); np.lib.stride_tricks.sliding_window_view(x, 2)
        np.vectorize(lambda t: t * t)(x); np.vectorize(lambda t: t * t, otypes=[object])(x)
        np.frompyfunc(lambda t: t * t, 1, 1)(x); np.apply_along_axis(np.sum, 0, M)
        np.fromiter((t * t for t in x), object)
    """,
}

# What the work of one version is not of the other.
SINCE_2 = """
    np.linspace(x[0], x[1], 3); np.geomspace(x[0], x[1], 3); np.vecdot(x, y); np.matvec(M, x)
    np.linalg.vector_norm(x); np.linalg.trace(A); np.linalg.outer(x, y); np.cumulative_sum(x)
    np.concat([x, y]); np.permute_dims(M); np.trapezoid(x)
"""

# These lose what makes an array of Values, or find no loop, where the array is made by np.array.
NEED_ARRAY = """
    divmod(x, 0.4); np.divmod(x, 0.4); np.float_power(x, y); np.copysign(x, y); np.heaviside(y, 0.5)
    np.logaddexp(x, y); np.logaddexp2(x, y); np.logaddexp.reduce(x); np.angle(x)
    np.linalg.norm(x, 3); np.tanh(np.where(x > 1, x, 0.0)); np.tanh(np.maximum(x, 1.0))
    np.isnan(x); np.isfinite(x); np.isinf(x); np.signbit(y); np.isclose(x, y); np.allclose(x, x)
    np.logical_xor(x, y); np.logical_and(x, y); np.logical_or(x, y); np.any(x)
    np.percentile(x, 40); np.quantile(x, 0.3); np.quantile(x, q=0.3); np.nanquantile(x, 0.3)
    np.nanpercentile(M, 40, axis=1)
"""
# Of these, the ones that need it with one version of NumPy and not with another.
DEPEND = """
    np.any(x); np.percentile(x, 40); np.quantile(x, 0.3); np.quantile(x, q=0.3)
    np.nanquantile(x, 0.3); np.nanpercentile(M, 40, axis=1)
"""

# Each with a piece of the error's text.
CANNOT = {
    "np.linalg.inv does not take Values": """
        np.linalg.inv(A)
    """,
    "write out the elimination": """
        np.linalg.solve(A, A[0]); np.linalg.det(A); np.linalg.slogdet(A); np.linalg.pinv(A)
        np.linalg.lstsq(A, A[0], rcond=None); np.linalg.cholesky(A); np.linalg.qr(A)
        np.linalg.svd(A); np.linalg.eig(A); np.linalg.eigvals(A); np.linalg.eigh(A)
        np.linalg.eigvalsh(A); np.linalg.matrix_rank(A); np.linalg.norm(A, 2)
        np.linalg.norm(A, "nuc"); np.linalg.cond(A)
    """,
    "does not take Values, only numbers": """
        np.interp(0.3, [0.0, 1.0, 2.0], x); np.interp(x, [0.0, 1.0], [1.0, 2.0]); np.gradient(x)
        np.polyfit([0.0, 1.0, 2.0], x, 1); np.cov(M); np.corrcoef(M); np.fft.fft(x); np.i0(x)
        np.histogram(x); np.bincount([0, 1, 1], weights=x); np.modf(x); np.frexp(x); np.ldexp(x, 2)
        np.nextafter(x, y); np.spacing(x)
    """,
    "would write Values into an array of numbers": """
        np.add(x, y, out=np.zeros(3)); np.exp(x, out=np.zeros(3)); np.sum(x, dtype=float)
        np.add.at(np.zeros(3), [0, 0, 1], x); np.copyto(np.zeros(3), x)
    """,
    "the gradient would be lost": """
        float(x[0]); np.float64(x[0]); x.astype(float); np.asarray(x, dtype=float); np.roots(x)
        np.arange(x[0], x[1]); np.vectorize(lambda t: t, otypes=[float])(x)
        np.fromiter((t for t in x), float); np.zeros(3).fill(x[0])
    """,
    "Cannot cast array data from dtype('O') to dtype('float64')": """
        np.random.default_rng(0).normal(x)
    """,
    "does not have an identity": """
        np.sum(x, where=[True, False, True])
    """,
}


def calls(text: str) -> list[str]:
    """The calls of a text, in which semicolons and ends of lines part them."""
    return [call.strip() for line in text.splitlines() for call in line.split(";") if call.strip()]


def works() -> str:
    """What works, as Markdown."""
    starred = set(calls(NEED_ARRAY))
    parts = []
    for title, text in [*WORKS.items(), ("Only in NumPy 2", SINCE_2)]:
        marked = [f"`{call}`" + " \\*" * (call in starred) for call in calls(text)]
        parts.append(f"**{title}**\n\n{_filled(marked)}")
    return "\n\n".join(parts)


def cannot() -> str:
    """What cannot work, as Markdown: each error, and the calls that raise it."""
    parts = []
    for error, text in CANNOT.items():
        parts.append(f"*... {error} ...*\n\n" + _filled([f"`{call}`" for call in calls(text)]))
    return "\n\n".join(parts)


def _filled(listed: list[str]) -> str:
    lines = [""]
    for part in listed:
        if len(lines[-1]) + len(part) > 97:
            lines.append("")
        lines[-1] += f"{part}, "
    return "\n".join(line.rstrip() for line in lines).rstrip(",")


def written(page: str) -> str:
    """The page with today's lists between its marks."""
    for name, made in (("works", works()), ("cannot", cannot())):
        start = f"<!-- {name}: made by tests/support/numpy_calls.py -->\n"
        end = f"<!-- {name} ends -->"
        head, _, rest = page.partition(start)
        page = f"{head}{start}\n{made}\n\n{end}{rest.partition(end)[2]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
