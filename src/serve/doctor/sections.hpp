#pragma once

#include "serve/doctor/doctor.hpp"

namespace sealpost::doctor {

// What the sections share while they look. Of doctor only.
struct Round {
    Parts parts;
    Examination examination;
    Deadline deadline;

    void find(Section section, std::string about, State state, Words what, Words fix = {})
    {
        examination.findings.push_back({section, std::move(about), state, std::move(what), std::move(fix)});
    }
};

// Each adds its findings and its evidence.
Task<void> look_at_hosts(Round& round);  // mx and tls
Task<void> look_at_spf(Round& round);
Task<void> look_at_dkim(Round& round);
Task<void> look_at_dmarc(Round& round);
Task<void> look_at_hat(Round& round);
Task<void> look_at_dns_lists(Round& round);
Task<void> look_at_tls_reports(Round& round);

}  // namespace sealpost::doctor
