#pragma once

#include "wire/dmarc/destination.hpp"

#include <string>
#include <vector>

namespace sealpost::dmarc {

// A domain's DMARC as its owner should see it: what stands there, what each tag does, what to mend.
struct TagMeaning {
    std::string tag;
    std::string value;
    std::string meaning;      // one sentence
    bool is_default = false;  // not written in the record
};

struct Finding {
    enum class Weight {
        fault,   // the record, or a part of it, does not do what it says
        advice,  // it works, and could do more
    } weight = Weight::advice;
    std::string tag;  // may be empty
    std::string what;
    std::string fix;
};

struct ReportTarget {
    std::string list;  // rua | ruf
    ReportAddress address;
    Destination destination;
};

struct Examination {
    std::string domain;
    std::string organisational_domain;
    Discovery discovery;
    bool is_inherited = false;          // the record stands at the organisational domain
    std::vector<TagMeaning> tags;       // with a record that counts
    std::vector<ReportTarget> targets;  // the same
    std::vector<Finding> findings;
};

// Looks the record up, and the consent of every report address. Passing the deadline shows as
// Discovery::State::temporary or Destination::State::temporary.
Task<Examination> examine(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::dmarc
