#include "base/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>
#include <string_view>

#include "base/check.hpp"
#include "base/process.hpp"

namespace leat {

struct HistogramSeries {
    explicit HistogramSeries(std::vector<double> upper_bounds)
        : bounds(std::move(upper_bounds)), counts(bounds.size() + 1) {}
    std::vector<double> bounds;
    std::vector<std::atomic<std::uint64_t>> counts;  // of each bucket alone; the last is +Inf
    std::atomic<double> sum = 0;
};

namespace {

template <class Series>
struct Family {
    std::string help;
    std::map<Labels, std::unique_ptr<Series>> series;
};
template <class Series>
using Families = std::map<std::string, Family<Series>>;

bool is_name(std::string_view text, std::string_view beyond_letters) {
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || beyond_letters.find(c) != std::string_view::npos;
    };
    return !text.empty() && (text.front() < '0' || text.front() > '9')
           && std::ranges::all_of(text, fits);
}

void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        char digits[32];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (quotes && c == '"')) out += '\\';
        out += c;
    }
}

void append_head(std::string& out, const std::string& name, const std::string& help,
                 const char* type) {
    out += "# HELP " + name + " ";
    append_escaped(out, help, false);
    out += "\n# TYPE " + name + " " + type + "\n";
}

// `name{label="value",...} value`, with one more label if `le` is not empty.
void append_sample(std::string& out, const std::string& name, const Labels& labels,
                   const std::string& le, double value) {
    out += name;
    char before = '{';
    const auto append_label = [&](const std::string& label, const std::string& text) {
        out += before + label + "=\"";
        append_escaped(out, text, true);
        out += '"';
        before = ',';
    };
    for (const auto& [label, text] : labels) append_label(label, text);
    if (!le.empty()) append_label("le", le);
    if (before == ',') out += '}';
    out += ' ';
    append_number(out, value);
    out += '\n';
}

void append_family(std::string& out, const std::string& name,
                   const Family<std::atomic<double>>& family, const char* type) {
    append_head(out, name, family.help, type);
    for (const auto& [labels, value] : family.series) append_sample(out, name, labels, {}, *value);
}

void append_family(std::string& out, const std::string& name,
                   const Family<HistogramSeries>& family) {
    append_head(out, name, family.help, "histogram");
    for (const auto& [labels, series] : family.series) {
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < series->counts.size(); ++i) {
            count += series->counts[i];
            std::string bound = "+Inf";
            if (i < series->bounds.size()) {
                bound.clear();
                append_number(bound, series->bounds[i]);
            }
            append_sample(out, name + "_bucket", labels, bound, static_cast<double>(count));
        }
        append_sample(out, name + "_sum", labels, {}, series->sum);
        append_sample(out, name + "_count", labels, {}, static_cast<double>(count));
    }
}

void append_process(std::string& out) {
    for (const auto& metric : read_process_metrics()) {
        append_head(out, metric.name, metric.help, metric.counter ? "counter" : "gauge");
        append_sample(out, metric.name, {}, {}, metric.value);
    }
}

template <class Series, class... Arguments>
Series& series_of(Families<Series>& families, const std::string& name, const std::string& help,
                  const Labels& labels, Arguments... arguments) {
    check(is_name(name, "_:"), "a metric's name is one of Prometheus'");
    for (const auto& [label, value] : labels)
        check(is_name(label, "_") && label != "le", "a label's name is one of Prometheus'");
    auto& family = families.try_emplace(name, Family<Series>{help, {}}).first->second;
    auto& series = family.series[labels];
    if (!series) series = std::make_unique<Series>(std::move(arguments)...);
    return *series;
}

}  // namespace

struct Metrics::Registry {
    mutable std::mutex mutex;
    Families<std::atomic<double>> counters;
    Families<std::atomic<double>> gauges;
    Families<HistogramSeries> histograms;

    void check_type_of(const std::string& name, const void* families) const {
        const auto other = [&](const auto& each) { return &each != families && each.count(name); };
        check(!other(counters) && !other(gauges) && !other(histograms), "a metric has one type");
    }
};

void Histogram::observe(double value) {
    const auto bucket = std::ranges::lower_bound(series_->bounds, value) - series_->bounds.begin();
    series_->counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    series_->sum.fetch_add(value, std::memory_order_relaxed);
}

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard lock{registry_->mutex};
    registry_->check_type_of(name, &registry_->counters);
    return Counter{series_of(registry_->counters, name, help, labels, 0.0)};
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard lock{registry_->mutex};
    registry_->check_type_of(name, &registry_->gauges);
    return Gauge{series_of(registry_->gauges, name, help, labels, 0.0)};
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                             const std::vector<double>& bounds) {
    check(std::ranges::is_sorted(bounds), "a histogram's bounds ascend");
    const std::lock_guard lock{registry_->mutex};
    registry_->check_type_of(name, &registry_->histograms);
    return Histogram{series_of(registry_->histograms, name, help, labels, bounds)};
}

std::string Metrics::text() const {
    std::string out;
    const std::lock_guard lock{registry_->mutex};
    for (const auto& [name, family] : registry_->counters)
        append_family(out, name, family, "counter");
    for (const auto& [name, family] : registry_->gauges) append_family(out, name, family, "gauge");
    for (const auto& [name, family] : registry_->histograms) append_family(out, name, family);
    append_process(out);
    return out;
}

const std::vector<double>& Metrics::duration_bounds() {
    static const std::vector<double> bounds{.005, .01, .025, .05, .075, .1,  .25,
                                            .5,   .75, 1,    2.5, 5,    7.5, 10};
    return bounds;
}

}  // namespace leat
