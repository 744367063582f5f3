// Java's properties format, in which Kafka's configuration files are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace leat::broker {

struct Property {
    int line = 0;  // the first of its lines, from 1
    std::string key;
    std::string value;
};

/// As java.util.Properties reads it: `key=value`, `key: value` or `key value`, comments after # and
/// !, a backslash at a line's end joins the next one, \t \n \r \f \uXXXX and \ before any other
/// character. Every text is one; trailing blanks of values are cut off, as Kafka does.
std::vector<Property> parse_properties(std::string_view text);

}  // namespace leat::broker
