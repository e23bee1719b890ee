// Reports of strangers: pugixml builds a tree of elements and text (no document types, no entities but the
// five of XML and character references), and the reader takes from it what the schema names.
#include "base/cut_text.hpp"
#include "base/text.hpp"
#include "wire/dmarc/report.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <pugixml.hpp>

namespace sealpost::dmarc {
namespace {

constexpr std::uint64_t max_seconds = 253'402'300'799;  // the end of the year 9999
constexpr std::uint64_t max_count = 1'000'000'000;      // messages in one row: sums stay far from overflow

Error bad(std::string what) { return Error{Fault::peer_broke_it, std::move(what)}; }

// What becomes a space at an end goes, too.
std::string clean_text(std::string_view text) { return std::string(trim(mail::clean_utf8(text, mail::Controls::none))); }

// Without the namespace's prefix.
std::string_view local_name(pugi::xml_node node)
{
    const std::string_view name = node.name();
    return name.substr(name.rfind(':') + 1);  // npos + 1 is 0
}

pugi::xml_node find_child(pugi::xml_node node, std::string_view name)
{
    return node.find_child([&](pugi::xml_node child) { return child.type() == pugi::node_element && local_name(child) == name; });
}

class DepthWalker final : public pugi::xml_tree_walker {
public:
    explicit DepthWalker(int most) : most_(most) {}
    bool for_each(pugi::xml_node&) override { return depth() <= most_; }

private:
    int most_;
};

std::optional<Policy> find_policy(std::string_view text)
{
    for (const Policy policy : {Policy::none, Policy::quarantine, Policy::reject})
        if (iequals(text, format_policy(policy))) return policy;
    return std::nullopt;
}

class ReportReader {
public:
    explicit ReportReader(const ReportLimits& limits) : limits_(limits) {}

    Result<AggregateReport> read(pugi::xml_node feedback)
    {
        SEALPOST_CHECK(read_metadata(feedback));
        SEALPOST_CHECK(read_policy(feedback));
        SEALPOST_CHECK(read_records(feedback));
        return std::move(report_);
    }

private:
    // One that cannot be read takes none of the others away; what is beyond the limits of the whole report does.
    Result<> read_records(pugi::xml_node feedback)
    {
        std::size_t records = 0;
        std::optional<Error> first_problem;
        for (pugi::xml_node record : feedback.children()) {
            if (local_name(record) != "record") continue;
            if (records++ == limits_.max_rows) return bad("more than " + std::to_string(limits_.max_rows) + " records");
            auto row = read_row(record);
            if (row.has_value()) {
                report_.rows.push_back(std::move(*row));
                continue;
            }
            Error problem = row.error().in("record " + std::to_string(records));
            if (results_ > limits_.max_all_results) return problem;
            if (!first_problem) first_problem = std::move(problem);
        }
        if (records == 0) return bad("record is missing");
        if (report_.rows.empty()) return *first_problem;
        if (first_problem) tell_left_out(records - report_.rows.size(), records, first_problem->text);
        return {};
    }

    void tell_left_out(std::size_t count, std::size_t of, const std::string& problem)
    {
        auto& errors = report_.errors;
        if (errors.size() == limits_.max_results) errors.pop_back();
        errors.push_back("not read: " + std::to_string(count) + " of " + std::to_string(of) + " records (" + problem + ")");
    }

    // Trimmed and clean; empty when the element is missing.
    Result<std::string> text_of(pugi::xml_node parent, std::string_view name)
    {
        const pugi::xml_node node = find_child(parent, name);
        const std::string_view value = trim(node.child_value());
        if (value.size() > limits_.max_text_bytes) return bad(std::string(name) + " is too long");
        return clean_text(value);
    }

    Result<std::string> required(pugi::xml_node parent, std::string_view name)
    {
        SEALPOST_TRY(std::string value, text_of(parent, name));
        if (value.empty()) return bad(std::string(name) + " is missing");
        return value;
    }

    Result<pugi::xml_node> required_node(pugi::xml_node parent, std::string_view name)
    {
        const pugi::xml_node node = find_child(parent, name);
        if (!node) return bad(std::string(name) + " is missing");
        return node;
    }

    Result<std::uint64_t> number(pugi::xml_node parent, std::string_view name, std::uint64_t most)
    {
        SEALPOST_TRY(const std::string value, required(parent, name));
        const auto parsed = parse_decimal(value);
        if (!parsed || *parsed > most) return bad(std::string(name) + " is no number in range");
        return *parsed;
    }

    Result<Policy> policy(pugi::xml_node parent, std::string_view name)
    {
        SEALPOST_TRY(const std::string value, required(parent, name));
        const auto parsed = find_policy(value);
        if (!parsed) return bad(std::string(name) + " is not none, quarantine or reject");
        return *parsed;
    }

    // The schema of draft-ietf-dmarc-aggregate-reporting has "pass" for mail that passed: nothing was done to it.
    Result<Policy> disposition(pugi::xml_node parent)
    {
        SEALPOST_TRY(const std::string value, required(parent, "disposition"));
        if (iequals(value, "pass")) return Policy::none;
        return policy(parent, "disposition");
    }

    // The schema knows pass and fail; who writes the result of SPF itself here (none, softfail …) says that it is no pass.
    Result<bool> aligned(pugi::xml_node parent, std::string_view name)
    {
        SEALPOST_TRY(const std::string value, required(parent, name));
        return iequals(value, "pass");
    }

    Result<> read_metadata(pugi::xml_node feedback)
    {
        SEALPOST_TRY(const auto metadata, required_node(feedback, "report_metadata"));
        SEALPOST_TRY(report_.organisation, required(metadata, "org_name"));
        SEALPOST_TRY(report_.email, text_of(metadata, "email"));
        SEALPOST_TRY(report_.contact, text_of(metadata, "extra_contact_info"));
        SEALPOST_TRY(report_.id, required(metadata, "report_id"));
        SEALPOST_TRY(const auto range, required_node(metadata, "date_range"));
        SEALPOST_TRY(const auto begin, number(range, "begin", max_seconds));
        SEALPOST_TRY(const auto end, number(range, "end", max_seconds));
        if (end < begin) return bad("date_range ends before it begins");
        report_.begin = WallTime(std::chrono::seconds(begin));
        report_.end = WallTime(std::chrono::seconds(end));
        for (pugi::xml_node error : metadata.children()) {
            if (local_name(error) != "error" || report_.errors.size() == limits_.max_results) continue;
            report_.errors.emplace_back(trim(show_line(trim(error.child_value()), limits_.max_text_bytes)));
        }
        return {};
    }

    // Of what the schema has beyond domain and p, reporters leave out much; the defaults of the record hold.
    Result<> read_policy(pugi::xml_node feedback)
    {
        SEALPOST_TRY(const auto node, required_node(feedback, "policy_published"));
        PolicyPublished& published = report_.policy;
        SEALPOST_TRY(published.domain, required(node, "domain"));
        published.domain = ascii_lower(published.domain);
        SEALPOST_TRY(published.policy, policy(node, "p"));
        SEALPOST_TRY(const std::string subdomains, text_of(node, "sp"));
        published.subdomain_policy = find_policy(subdomains).value_or(published.policy);
        SEALPOST_TRY(const std::string adkim, text_of(node, "adkim"));
        if (iequals(adkim, "s")) published.dkim_alignment = Alignment::strict;
        SEALPOST_TRY(const std::string aspf, text_of(node, "aspf"));
        if (iequals(aspf, "s")) published.spf_alignment = Alignment::strict;
        SEALPOST_TRY(const std::string percent, text_of(node, "pct"));
        published.percent = static_cast<unsigned>(std::min<unsigned long long>(parse_decimal(percent).value_or(100), 100));
        SEALPOST_TRY(published.failure_options, text_of(node, "fo"));
        return {};
    }

    Result<ReportRow> read_row(pugi::xml_node record)
    {
        ReportRow row;
        SEALPOST_TRY(const auto facts, required_node(record, "row"));
        SEALPOST_TRY(const std::string source, required(facts, "source_ip"));
        const auto address = parse_ip(source);
        if (!address) return bad("source_ip is no address");
        row.source = *address;
        SEALPOST_TRY(row.count, number(facts, "count", max_count));
        SEALPOST_TRY(const auto evaluated, required_node(facts, "policy_evaluated"));
        SEALPOST_TRY(row.disposition, disposition(evaluated));
        SEALPOST_TRY(row.dkim_aligned, aligned(evaluated, "dkim"));
        SEALPOST_TRY(row.spf_aligned, aligned(evaluated, "spf"));
        SEALPOST_CHECK(read_reasons(evaluated, row));
        SEALPOST_TRY(const auto identifiers, required_node(record, "identifiers"));
        SEALPOST_TRY(row.header_from, required(identifiers, "header_from"));
        SEALPOST_TRY(row.envelope_from, text_of(identifiers, "envelope_from"));
        SEALPOST_TRY(row.envelope_to, text_of(identifiers, "envelope_to"));
        SEALPOST_CHECK(read_results(find_child(record, "auth_results"), row));
        return row;
    }

    Result<> read_reasons(pugi::xml_node evaluated, ReportRow& row)
    {
        for (pugi::xml_node node : evaluated.children()) {
            if (local_name(node) != "reason") continue;
            if (row.reasons.size() == limits_.max_results || ++results_ > limits_.max_all_results) return bad("too many reasons");
            Reason reason;
            SEALPOST_TRY(reason.type, text_of(node, "type"));
            SEALPOST_TRY(reason.comment, text_of(node, "comment"));
            row.reasons.push_back(std::move(reason));
        }
        return {};
    }

    Result<> read_results(pugi::xml_node results, ReportRow& row)
    {
        for (pugi::xml_node node : results.children()) {
            const std::string_view name = local_name(node);
            if (name != "dkim" && name != "spf") continue;
            SEALPOST_TRY(std::string domain, text_of(node, "domain"));
            SEALPOST_TRY(std::string result, text_of(node, "result"));
            if (domain.empty() && result.empty()) continue;
            if (std::max(row.dkim.size(), row.spf.size()) == limits_.max_results || ++results_ > limits_.max_all_results)
                return bad("too many auth_results");
            if (name == "dkim") {
                DkimAuth dkim{std::move(domain), "", std::move(result), ""};
                SEALPOST_TRY(dkim.selector, text_of(node, "selector"));
                SEALPOST_TRY(dkim.human_result, text_of(node, "human_result"));
                row.dkim.push_back(std::move(dkim));
            } else {
                SpfAuth spf{std::move(domain), "", std::move(result)};
                SEALPOST_TRY(spf.scope, text_of(node, "scope"));
                row.spf.push_back(std::move(spf));
            }
        }
        return {};
    }

    const ReportLimits& limits_;
    std::size_t results_ = 0;  // and reasons, of all rows
    AggregateReport report_;
};

bool has_document_type(const pugi::xml_document& document)
{
    return static_cast<bool>(document.find_child([](pugi::xml_node node) { return node.type() == pugi::node_doctype; }));
}

}  // namespace

Result<AggregateReport> parse_xml(std::string_view xml, const ReportLimits& limits)
{
    if (xml.size() > limits.max_xml_bytes)
        return bad("the report is larger than " + std::to_string(limits.max_xml_bytes) + " octets");
    const auto tags = static_cast<std::size_t>(std::ranges::count(xml, '<'));
    if (tags > limits.max_tags) return bad("the report has more than " + std::to_string(limits.max_tags) + " tags");
    pugi::xml_document document;
    const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_doctype);
    if (!parsed) return bad("no XML: " + std::string(parsed.description()) + " at octet " + std::to_string(parsed.offset));
    if (has_document_type(document)) return bad("the report brings a document type of its own");
    DepthWalker depth(limits.max_depth);
    if (!document.traverse(depth)) return bad("the elements are nested too deeply");
    const pugi::xml_node feedback = find_child(document, "feedback");
    if (!feedback) return bad("feedback is missing");
    return ReportReader(limits).read(feedback);
}

}  // namespace sealpost::dmarc
