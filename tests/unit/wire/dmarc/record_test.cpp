#include "wire/dmarc/dmarc.hpp"
#include "wire/dmarc/vector_files.hpp"

namespace sealpost::dmarc {
namespace {

std::string format_addresses(const std::vector<ReportAddress>& addresses)
{
    std::vector<std::string> parts;
    for (const auto& address : addresses)
        parts.push_back(address.address + (address.max_bytes > 0 ? "!" + std::to_string(address.max_bytes) : ""));
    return parts.empty() ? "-" : join(parts, ",");
}

std::string format_facts(const Record& record)
{
    const auto letter = [](Alignment alignment) { return alignment == Alignment::strict ? "s" : "r"; };
    return "p=" + std::string(format_policy(record.policy)) +
           " sp=" + (record.subdomain_policy ? std::string(format_policy(*record.subdomain_policy)) : "-") +
           " adkim=" + letter(record.dkim_alignment) + " aspf=" + letter(record.spf_alignment) +
           " pct=" + std::to_string(record.percent) + " ri=" + std::to_string(record.report_interval_seconds) +
           " fo=" + record.failure_options + " rua=" + format_addresses(record.aggregate_reports) +
           " ruf=" + format_addresses(record.failure_reports);
}

std::string format_tags(const std::vector<TagProblem>& problems)
{
    std::vector<std::string> tags;
    for (const auto& problem : problems) tags.push_back(problem.tag.empty() ? "?" : problem.tag);
    return tags.empty() ? "-" : join(tags, " ");
}

TEST(DmarcRecordVectors, SayWhatEachRecordMeansAndWhichTagsAreWrong)
{
    const auto files = test::read_vectors("records");
    for (const auto& file : files) {
        std::vector<TagProblem> problems;
        const auto record = parse_record(file.lines.contains("record") ? file.one("record") : "", problems);
        EXPECT_EQ(record.has_value() ? format_facts(*record) : "broken", file.one("is")) << file.name;
        EXPECT_EQ(format_tags(problems), file.one("problems")) << file.name;
        if (record.has_error()) {
            EXPECT_EQ(record.error().fault, Fault::peer_broke_it) << file.name;
        }
    }
    EXPECT_GE(files.size(), 45U);
}

TEST(DmarcRecord, IsRefusedWhenItIsTooLong)
{
    const std::string record = "v=DMARC1; p=none; x=";
    EXPECT_TRUE(parse_record(record + std::string(max_record_bytes - record.size(), 'x')).has_value());
    EXPECT_TRUE(parse_record(record + std::string(max_record_bytes - record.size() + 1, 'x')).has_error());
}

}  // namespace
}  // namespace sealpost::dmarc
