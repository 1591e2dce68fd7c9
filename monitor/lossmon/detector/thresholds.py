"""Every number that the detector uses to decide, with its unit and its origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of the detector; pass a changed copy to ``Detector(thresholds=...)``.

    A *relative* rise, decrease, gap or spread is a fraction: 0.1 means 10 %. A *z-score* counts standard deviations.
    Each docstring ends with the origin of the number:

    * Tuned: chosen on every second task family of ``tests/bench/histories``, on simulated plateaus, and on 117 public
      histories labelled by eye. If you change one, measure the tables of ``tests/bench/README.md`` again.
    * Bound: limits memory and time.
    * Judgement: a plain choice; no measurement decided it.

    >>> from dataclasses import replace
    >>> replace(DEFAULTS, min_relative_rise=0.1).min_relative_rise
    0.1
    """

    # What is kept of a series
    recent_values: int = 64
    """Newest values that are kept one by one. Bound."""
    block_widths: tuple[int, ...] = (3, 5, 9, 17, 33)
    """Lengths of the blocks whose means are compared, in values. Tuned."""
    max_running_minima: int = 32
    """Running minima that are kept, the lowest ones. Bound."""
    max_bins: int = 64
    """Bins of the means over the whole series; when all are full, neighbours are merged in pairs. Bound."""
    max_counted_values: int = 512
    """Values of a segment that count where a fraction of them is needed. Longer runs are judged in spans that grow
    with the run, so that a fraction of all values would be a fraction of the early ones. Tuned."""
    level_values: int = 3
    """Values whose median is the level, at the start and at the end of a series. Tuned."""
    min_rising_streak: int = 3
    """Values in a row, each above the one before, after which the last one counts as the level. Tuned."""
    trend_fraction: float = 0.25
    """Fraction of a segment that is compared with as many values before it, for the trend. Tuned."""
    min_trend_values: int = 3
    """Values, or bins, that are compared at least for the trend. Tuned."""
    gap_window: int = 16
    """Evaluations over which the slope of the gap is taken. Judgement."""
    min_gap_values: int = 3
    """Gaps from which on a slope is given. Judgement."""

    # Losses that are not finite
    max_loss: float = 1e150
    """A larger absolute value counts as infinite: its square would nearly overflow a float. Bound."""
    recovery_evaluations: int = 3
    """Finite evaluations after which a run that was not finite is judged again. Judgement."""

    # Noise
    prior_autocorrelation: float = 0.3
    """Autocorrelation that is assumed where it cannot be estimated. Tuned."""
    min_autocorrelation_values: int = 12
    """Values from which an autocorrelation is estimated. Tuned."""
    max_autocorrelation: float = 0.97
    """Largest autocorrelation that is estimated. Tuned."""
    autocorrelation_margin: float = 1.5
    """Standard errors that are added to an estimated autocorrelation; without them false alarms double. Tuned."""
    autocorrelation_short: float = 10.0
    """Values at which that margin is doubled: noise that is correlated over more values than there are looks like a
    parabola. Tuned."""
    max_residual: float = 4.0
    """Limit of a residual from the parabola, in standard deviations of third differences. Tuned."""
    values_before_minimum: int = 8
    """Values before the minimum that also serve to estimate the autocorrelation. Tuned."""
    noise_since_minimum: int = 3
    """Evaluations since the minimum from which the autocorrelation is estimated. Tuned."""
    noise_relative_rise: float = 0.02
    """Rise above the minimum from which the autocorrelation is estimated, relative to the minimum. Tuned."""

    # A rise against chance
    min_noiseless_values: int = 6
    """Values from which a rise counts where no noise was measured. Tuned."""
    min_independent_blocks: float = 1.2
    """Smallest number of independent blocks that is assumed. Tuned."""
    chance_offset: float = 1.2
    """Z-score by which ``2 sqrt(2 ln b)`` overstates the largest rise by chance among few blocks *b*. Tuned."""
    onset_rise_fraction: float = 0.07
    """Fraction of the rise up to which a value counts as back at the minimum, for the onset. Tuned."""
    onset_noise_fraction: float = 1 / 16
    """The same limit in standard deviations of the noise; the smaller of both holds. Tuned."""

    # When a rise is overfitting
    min_evaluations: int = 4
    """Values from which a verdict is given. Judgement."""
    short_run: int = 12
    """Values below which noise cannot be told from trend; then the train loss must confirm a rise. Tuned."""
    min_relative_rise: float = 0.035
    """Rise above the minimum, relative to it, that counts in a short run, and by which a rise is told from a plateau.
    People who label curves by eye do not agree on smaller ones. Tuned."""
    min_rise_evaluations: int = 3
    """Evaluations since the minimum that a rise must last. Tuned."""
    min_rise_fraction: float = 1 / 16
    """The same as a fraction of the counted values; the larger of both holds. Tuned."""
    base_z_score: float = 2.3
    """Excess over chance from which a rise is none of noise. Tuned."""
    short_train_decrease: float = 0.1
    """Relative decrease of train since the minimum that confirms a rise in a short run. Tuned."""
    short_steady: float = 0.1
    """Share of its fall by which train may be above its lowest value in a short run that surely overfits. Judgement."""
    short_gap: float = 0.2
    """Relative gap that confirms a rise in a short run. Tuned."""
    clear_z_score: float = 0.5
    """Z-score of a rise that is clear in a short run. Tuned."""
    rising_z_score: float = -0.6
    """The same for a series that rises throughout: its rise may begin so far below the level before it. Of plateaus
    with white noise 2 % rise like this by chance. Tuned."""
    max_return: float = 0.75
    """Fraction of its rise that a short run may have lost again without returning to the minimum. Tuned."""
    train_rise: float = 0.1
    """Relative rise of train since the minimum from which on train rises as well. Tuned."""
    reported_probability: float = 0.73
    """Probability of overfitting above which it is reported. Tuned."""
    short_rise_probability: float = 0.45
    """The same for a short run that rises clearly while train falls: the model learned from few of these. Tuned."""
    kept_probability: float = 0.4
    """Probability below which the verdict is withdrawn. Tuned."""
    sure_probability: float = 0.85
    """Probability below which the verdict is a "maybe". Judgement."""
    watch_probability: float = 0.4
    """Probability above which the watch hint is given. Judgement."""
    smoothing_fraction: float = 1 / 8
    """Fraction of the run over which the log odds are averaged. Tuned."""
    max_smoothing: float = 16.0
    """Evaluations over which they are averaged at most. Tuned."""
    evaluations_between_reports: int = 20
    """Evaluations for each time that overfitting was reported before it is reported again. Judgement."""
    min_since_minimum: int = 2
    """Evaluations since the minimum that the watch hint needs. Judgement."""
    max_terms: int = 6
    """Contributions to the log odds that are given with an assessment. Judgement."""

    # Persistence of the other verdicts
    long_run_fraction: float = 1 / 32
    """Fraction of the counted values that it takes to change from one verdict to another. Tuned."""
    relearning_fraction: float = 1 / 16
    """The same to change from converged back to learning, which noise alone often suggests. Tuned."""

    # The other verdicts
    spread_window: int = 16
    """Newest values whose spread is taken. Judgement."""
    spread_trim: int = 2
    """Smallest values, and as many largest ones, that are left out. Judgement."""
    min_relative_spread: float = 0.5
    """Spread relative to the median below which it counts as none. Judgement."""
    min_turning_fraction: float = 1 / 3
    """Fraction of the values that must be turning points, else the spread is a trend. Judgement."""
    unstable_relative_spread: float = 1.0
    """Spread relative to the median above which a run is unstable. Tuned."""
    firm_confidence: float = 0.65
    """Confidence below which a verdict that needs no action is a "maybe". Judgement."""
    shown_probability: float = 0.8
    """Probability from which a run is shown to be still learning, or flat. Judgement."""
    certain_probability: float = 0.97
    """Probability from which a loss that left its range is on its way back. Judgement."""
    preferred_probability: float = 0.5
    """Probability from which one of these two replaces the other, although it is not shown. Judgement."""
    min_improvement: float = 0.07
    """Improvement from one quarter to the newest, relative to the total decrease, that is learning. Tuned."""
    min_improvement_at_minimum: float = 0.04
    """The same where the newest value is the minimum. Tuned."""
    max_fall_levels: float = 6.0
    """Largest total decrease against which that is measured, in present levels: of a loss that fell over decades, every
    later change would be small. Tuned."""
    min_fall_levels: float = 0.1
    """Smallest total decrease against which it is measured, in present levels. Judgement."""
    min_evaluations_between_changes: int = 10
    """Evaluations between two changes among these verdicts. Judgement."""
    early_values: int = 16
    """Values below which the first verdict, given before the noise was known, gives way at once. Judgement."""
    non_finite_growth: int = 2
    """After a loss was finite again, this many times as many in a row that are not finite as ever before may come
    before it counts as diverged again. Judgement."""
    range_weight: float = 1 / 16
    """Weight of the newest change in the mean rise of a loss. Judgement."""
    range_fall: float = 0.5
    """Share of its fall that a loss must lose again to leave its range. Judgement."""
    range_relative: float = 0.2
    """The same relative to its lowest level; the larger of both holds. Judgement."""
    range_mean_rises: float = 10.0
    """The same in mean rises, as there is noise: 5.6 standard deviations if it is white. Judgement."""
    range_far_values: int = 3
    """Values outside the range after which a loss that is far outside, at twice its lowest level, has left it.
    Judgement."""
    range_values: int = 8
    """Values outside the range after which a loss that is not far outside has left it. Judgement."""
    range_fraction: float = 1 / 16
    """The same as a fraction of the counted values; the larger of both holds. Judgement."""
    range_train_fall: float = 0.02
    """Share of its fall that train must lose again at least. Judgement."""
    range_jump: float = 0.7
    """Share of the rise that comes in one step if a loss jumps. Judgement."""
    range_return: float = 0.6
    """Share of its rise that is left after two evaluations of a loss that is on its way back. Judgement."""
    range_near: float = 0.25
    """Share of its rise that is left of a loss that has come back from it. Judgement."""
    range_familiar: float = 1.5
    """Multiple of the largest rise from which a loss came back, up to which a rise leaves no range. Judgement."""
    range_familiar_stay: float = 2.0
    """Multiple of the longest time that this took, after which a loss that stays away has left its range. Judgement."""
    range_sigmas: float = 4.0
    """Standard deviations of its noise by which a loss that left its range is above its lowest level. Judgement."""
    range_start_values: int = 2
    """Values at the start: a loss that was lowest there, and left its range, never learned. Judgement."""
    max_unlearned_decrease: float = 0.03
    """Relative decrease from the start above which a run has learned. Tuned."""
    unlearned_train_decrease: float = 0.025
    """Relative decrease of train from its start above which a run has learned. Tuned."""
    min_unlearned_values: int = 20
    """Values below which a run that has learned nothing may only have begun slowly: a "maybe". Judgement."""
    unsure_probability: float = 0.45
    """Probability of underfitting up to there at most. Judgement."""
    min_rise_for_good: int = 20
    """Evaluations since the best from which a rise of both losses is a divergence. Judgement."""
    parted_gap: float = 0.5
    """Gap to train, relative to the level, from which train has learned although it was not seen to fall. Judgement."""
    floor_gap: float = 0.9
    """Gap to train, relative to the level, from which train is at its floor and need not have been seen to fall.
    Judgement."""
    fallen_mean_rises: float = 7.0
    """Mean rises by which train must have fallen below its start to have fallen beyond noise: 3.9 standard deviations
    if it is white. Judgement."""
    learned_decrease: float = 0.1
    """Relative decrease of the judged series that noise must not hide, or it cannot be told that nothing was learned.
    Judgement."""
    unlearned_mean_rises: float = 2.0
    """The same in mean rises, as there is noise: 1.1 standard deviations if it is white. Judgement."""
    flat_decrease: float = 0.012
    """Relative decrease below which a series is so flat that train must have decreased by more. Tuned."""
    flat_train_decrease: float = 0.1
    """Relative decrease of train above which a run has learned beside so flat a series. Tuned."""
    moderate_relative_rise: float = 0.1
    """Rise relative to the minimum from which overfitting is moderate. Judgement."""
    severe_relative_rise: float = 0.5
    """Rise relative to the minimum from which overfitting is severe. Judgement."""

    # A new segment
    restart_window: int = 5
    """Losses before a jump that it is compared with. Tuned."""
    restart_min_values: int = 4
    """Losses that are needed before a jump is noticed. Tuned."""
    restart_learned: float = 0.2
    """Relative decrease of the loss before which a jump is not a restart. Tuned."""
    restart_step: float = 0.4
    """Height of a jump as a fraction of that decrease. Tuned."""
    restart_range: float = 3.0
    """Height of a jump in ranges (largest less smallest) of the losses before it. Tuned."""
    restart_min_growth: float = 2.0
    """How many times longer than the last the time up to a jump must be: less is a cycle. Judgement."""
    restart_evaluations: int = 3
    """Evaluations after which a jump is a restart, a spike, or a collapse. Tuned."""
    restart_min_height: float = 0.1
    """Fraction of the jump that remains after them: less was a spike. Tuned."""
    restart_max_height: float = 0.8
    """Fraction of the jump that remains after them: more is a collapse. Tuned."""

    # Confidence
    min_confidence: float = 0.05
    """Lowest confidence in a verdict. Judgement."""
    max_confidence: float = 0.99
    """Highest confidence in a verdict. Judgement."""
    min_calibrated_values: int = 8
    """Values from which the calibration holds, the ``gap-from-start`` flag is set and the trend is described.
    Judgement."""

    # Flags, sentences, advice
    start_gap: float = 0.3
    """Relative gap, at the start and now, that sets ``gap-from-start``. Judgement."""
    far_below_train: float = 0.5
    """Distance below train, relative to the level, that sets ``val-far-below-train``. Judgement."""
    noise_multiples: tuple[float, float] = (2.0, 1000.0)
    """Range of rises that are described as multiples of the noise. Judgement."""


DEFAULTS = Thresholds()
"""The thresholds that lossmon uses."""
