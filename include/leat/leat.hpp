// All of the framework: what a service includes.
#pragma once

#include "leat/app.hpp"
#include "leat/decimal.hpp"
#include "leat/json.hpp"
#include "leat/outcome.hpp"
#include "leat/serde.hpp"
#include "leat/timestamp.hpp"
