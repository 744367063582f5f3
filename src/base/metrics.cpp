#include "base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/process.hpp"

namespace leat {
namespace {

prometheus::MetricFamily family_of(const ProcessMetric& metric) {
    prometheus::ClientMetric series;
    (metric.counter ? series.counter.value : series.gauge.value) = metric.value;
    const auto type =
        metric.counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    return {metric.name, metric.help, type, {std::move(series)}};
}

}  // namespace

void Counter::add(double by) { series_->Increment(by); }
double Counter::value() const { return series_->Value(); }
void Gauge::set(double value) { series_->Set(value); }
void Gauge::add(double by) { series_->Increment(by); }
double Gauge::value() const { return series_->Value(); }
void Histogram::observe(double value) { series_->Observe(value); }

Metrics::Metrics() : registry_(std::make_unique<prometheus::Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
    return Counter{family.Add(labels)};
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
    return Gauge{family.Add(labels)};
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                             const std::vector<double>& bounds) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
    return Histogram{family.Add(labels, bounds)};
}

std::string Metrics::text() const {
    auto families = registry_->Collect();
    for (const auto& metric : read_process_metrics()) families.push_back(family_of(metric));
    return prometheus::TextSerializer{}.Serialize(families);
}

const std::vector<double>& Metrics::duration_bounds() {
    static const std::vector<double> bounds{.005, .01, .025, .05, .075, .1,  .25,
                                            .5,   .75, 1,    2.5, 5,    7.5, 10};
    return bounds;
}

}  // namespace leat
