// What Fetch returned, in words: of each batch its offsets, producer, epoch and sequence, of each
// record offset, timestamp and value, of each marker its end.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "names.hpp"

namespace leat::requests {

std::string told(ByteView records, Names& names);

}  // namespace leat::requests
