// room: wire/tlsrpt
// Reports of strangers: unpacked within the limit; what could be read is written and reads the same again.
#include "base/bytes.hpp"
#include "wire/archive/archive.hpp"
#include "wire/tlsrpt/report_mail.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

void check(const tlsrpt::Report& report)
{
    const std::string text = tlsrpt::format_json(report);
    const auto again = tlsrpt::parse_json(text);
    expect(again.has_value() && again->policies == report.policies && tlsrpt::format_json(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    tlsrpt::MailLimits limits;
    limits.report.max_json_bytes = 256 * 1024;
    const std::string_view octets = as_text({data, size});
    if (const auto report = tlsrpt::read_report(octets, limits.report); report.has_value()) check(*report);
    if (const auto mail = tlsrpt::read_report_mail(octets, limits); mail.state == tlsrpt::ReceivedReport::State::report)
        check(mail.report);
    return 0;
}
