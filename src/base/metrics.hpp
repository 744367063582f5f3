// Counters, gauges and histograms in Prometheus' text format.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace leat {

/// Label names to values. Never a key, an offset or a message id: each set is a series for ever.
using Labels = std::map<std::string, std::string>;

/// A value that only grows. Copies share the series. Any thread.
class Counter {
public:
    explicit Counter(prometheus::Counter& series) : series_(&series) {}
    void add(double by = 1);
    double value() const;

private:
    prometheus::Counter* series_;
};

/// A value that goes up and down. Copies share the series. Any thread.
class Gauge {
public:
    explicit Gauge(prometheus::Gauge& series) : series_(&series) {}
    void set(double value);
    void add(double by);
    double value() const;

private:
    prometheus::Gauge* series_;
};

/// A distribution of observations in seconds or bytes. Copies share the series. Any thread.
class Histogram {
public:
    explicit Histogram(prometheus::Histogram& series) : series_(&series) {}
    void observe(double value);

private:
    prometheus::Histogram* series_;
};

/// A process's metrics. Asking twice for the same name and labels gives the same series. Any
/// thread. Handles must not outlive the registry.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    /// `bounds` are the upper bounds of the buckets, ascending; +Inf is added.
    Histogram histogram(const std::string& name, const std::string& help, const Labels& labels,
                        const std::vector<double>& bounds);

    /// Every series, and the process_* ones as they are now, in Prometheus' text exposition format
    /// 0.0.4.
    std::string text() const;

    /// OpenTelemetry's bounds for durations in seconds (semantic conventions for messaging).
    static const std::vector<double>& duration_bounds();

private:
    std::unique_ptr<prometheus::Registry> registry_;
};

}  // namespace leat
