#pragma once

#include "spf_scenarios.hpp"

#include <memory>

namespace sealpost::bench {

// libspf2 on the answers of a scenario: its zone layer alone, or its cache layer over it. The server
// object lives as long as this one; each evaluation makes a request and frees it, as its users do.
class Libspf2 {
public:
    enum class Layers { zone, cache_over_zone };
    Libspf2(const Scenario& scenario, Layers layers);
    ~Libspf2();
    Libspf2(const Libspf2&) = delete;
    Libspf2& operator=(const Libspf2&) = delete;

    [[nodiscard]] double run_round() const;  // evaluations a second
    [[nodiscard]] static long questions_for_one(const Scenario& scenario);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::bench
