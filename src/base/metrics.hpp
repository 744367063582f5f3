// Counters, gauges and histograms in Prometheus' text format.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace leat {

struct HistogramSeries;

/// Label names to values. Never a key, an offset or a message id: each set is a series for ever.
using Labels = std::map<std::string, std::string>;

/// A value that only grows. Copies share the series. Any thread.
class Counter {
public:
    explicit Counter(std::atomic<double>& series) : series_(&series) {}
    /// `by` is not negative.
    void add(double by = 1) { series_->fetch_add(by, std::memory_order_relaxed); }
    double value() const { return series_->load(std::memory_order_relaxed); }

private:
    std::atomic<double>* series_;
};

/// A value that goes up and down. Copies share the series. Any thread.
class Gauge {
public:
    explicit Gauge(std::atomic<double>& series) : series_(&series) {}
    void set(double value) { series_->store(value, std::memory_order_relaxed); }
    void add(double by) { series_->fetch_add(by, std::memory_order_relaxed); }
    double value() const { return series_->load(std::memory_order_relaxed); }

private:
    std::atomic<double>* series_;
};

/// A distribution of observations in seconds or bytes. Copies share the series. Any thread.
class Histogram {
public:
    explicit Histogram(HistogramSeries& series) : series_(&series) {}
    void observe(double value);

private:
    HistogramSeries* series_;
};

/// A process's metrics. Asking twice for the same name and labels gives the same series. Any
/// thread. Handles must not outlive the registry. Names and label names are Prometheus'; a name has
/// one type, and a histogram's name one set of bounds.
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

    /// Every series by name and labels, and the process_* ones as they are now, in Prometheus' text
    /// exposition format 0.0.4.
    std::string text() const;

    /// OpenTelemetry's bounds for durations in seconds (semantic conventions for messaging).
    static const std::vector<double>& duration_bounds();

private:
    struct Registry;
    std::unique_ptr<Registry> registry_;
};

}  // namespace leat
