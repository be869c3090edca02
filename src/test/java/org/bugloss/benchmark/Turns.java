package org.bugloss.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Measurements of several things in turns, round after round, so that whatever else the machine does is no advantage of one of
 * them. A ratio is the median of the ratios of all rounds but the first ones, which warm things up.
 *
 * @param <R> what a measurement gives
 */
final class Turns<R> {

    private final Map<String, Supplier<R>> measurements = new LinkedHashMap<>();
    private final Map<String, List<R>> results = new LinkedHashMap<>();

    /** One more that takes its turn. */
    Turns<R> with(String name, Supplier<R> measurement) {
        measurements.put(name, measurement);
        results.put(name, new ArrayList<>());
        return this;
    }

    /** Lets all have their turns. */
    Turns<R> take(int roundsToWarmUp, int rounds) {
        for (int round = 0; round < roundsToWarmUp + rounds; round++) {
            boolean counts = round >= roundsToWarmUp;
            measurements.forEach((name, measurement) -> {
                R result = measurement.get();
                if (counts) {
                    results.get(name).add(result);
                }
            });
        }
        return this;
    }

    /** What one measured by what the other measured in the same round, mostly. */
    double ratio(String name, String by, ToDoubleFunction<R> figure) {
        List<R> numerators = of(name);
        List<R> denominators = of(by);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < numerators.size(); round++) {
            ratios.add(figure.applyAsDouble(numerators.get(round)) / figure.applyAsDouble(denominators.get(round)));
        }
        return median(ratios);
    }

    /** What one measured mostly. */
    double median(String name, ToDoubleFunction<R> figure) {
        return median(of(name).stream().map(figure::applyAsDouble).toList());
    }

    /** What one measured in each round that counts. */
    List<R> of(String name) {
        return results.get(name);
    }

    private static double median(List<Double> figures) {
        return figures.stream().sorted().toList().get(figures.size() / 2);
    }
}
