// room: wire/dmarc
// Records and report addresses: whatever is published, what is taken from it is in range and can be written
// to a header.
#include "base/bytes.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/mail/mailbox.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

void check(const std::vector<dmarc::ReportAddress>& addresses)
{
    expect(addresses.size() <= dmarc::max_report_addresses);
    for (const auto& address : addresses) {
        expect(address.address.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        const auto mailbox = mail::parse_mailbox(address.address, mail::Smtputf8::refused);
        expect(mailbox.has_value() && !mailbox->is_literal());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = as_text({data, size});
    std::vector<dmarc::TagProblem> problems;
    const auto record = dmarc::parse_record(text, problems);
    if (record.has_value()) {
        expect(dmarc::is_dmarc_record(text) && record->percent <= 100);
        check(record->aggregate_reports);
        check(record->failure_reports);
    }
    problems.clear();
    check(dmarc::parse_report_addresses("rua", text, problems));
    const std::string organisation = dmarc::find_organisational_domain(text);
    if (!organisation.ends_with('.')) expect(dmarc::find_organisational_domain(organisation) == organisation);
    return 0;
}
