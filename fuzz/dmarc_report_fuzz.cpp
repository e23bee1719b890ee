// room: wire/dmarc
// Reports of strangers: unpacked within the limit; what could be read is written and reads the same again.
#include "base/bytes.hpp"
#include "wire/archive/archive.hpp"
#include "wire/dmarc/report.hpp"
#include "wire/dmarc/report_mail.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

constexpr std::size_t max_bytes = 256 * 1024;

void expect(bool holds)
{
    if (!holds) std::abort();
}

void check(const dmarc::AggregateReport& report)
{
    const std::string xml = dmarc::format_xml(report);
    const auto again = dmarc::parse_xml(xml);
    expect(again.has_value() && again->rows.size() == report.rows.size() && dmarc::format_xml(*again) == xml);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets = as_text({data, size});
    const auto xml = archive::unpack(octets, max_bytes);
    if (xml.has_value()) {
        expect(xml->size() <= max_bytes);
        if (const auto report = dmarc::parse_xml(*xml); report.has_value()) check(*report);
    }
    if (const auto mail = dmarc::read_report_mail(octets); mail.state == dmarc::ReceivedReport::State::report) check(mail.report);
    return 0;
}
