#include "sys/log/metrics.hpp"
#include "sys/log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AreListedInTheOrderOfTheirNumbers)
{
    for (std::size_t i = 0; i < list_metrics().size(); ++i) EXPECT_EQ(static_cast<std::size_t>(list_metrics()[i].metric), i);
}

TEST(Metrics, ExportWhatWasCountedAsPrometheusText)
{
    const Metrics metrics = Metrics::make();
    metrics.add(Metric::smtp_connections, {"public", "accepted"});
    metrics.add(Metric::smtp_connections, {"public", "accepted"});
    metrics.add(Metric::smtp_received_bytes, {"public"}, 1000);
    metrics.set(Metric::queue_messages, 7);
    metrics.observe(Metric::delivery_seconds, 0.3);
    const std::string text = metrics.format_text();
    EXPECT_THAT(text, HasSubstr("# TYPE sealpost_smtp_connections_total counter\n"));
    EXPECT_THAT(text, HasSubstr("sealpost_smtp_connections_total{listener=\"public\",result=\"accepted\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("sealpost_smtp_received_bytes_total{listener=\"public\"} 1000\n"));
    EXPECT_THAT(text, HasSubstr("sealpost_queue_messages 7\n"));
    EXPECT_THAT(text, HasSubstr("sealpost_delivery_seconds_bucket{le=\"0.25\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("sealpost_delivery_seconds_bucket{le=\"0.5\"} 1\n"));
}

TEST(Metrics, GoUpAndDownAsGauges)
{
    const Metrics metrics = Metrics::make();
    metrics.add(Metric::smtp_open_connections, {"public"});
    metrics.add(Metric::smtp_open_connections, {"public"}, -1);
    EXPECT_THAT(metrics.format_text(), HasSubstr("sealpost_smtp_open_connections{listener=\"public\"} 0\n"));
}

TEST(Metrics, StayBoundedWhateverTheLabels)
{
    const Metrics metrics = Metrics::make();
    for (std::size_t i = 0; i < Metrics::max_series + 20; ++i)
        metrics.add(Metric::smtp_messages, {"listener" + std::to_string(i)});
    const std::string text = metrics.format_text();
    EXPECT_THAT(text, HasSubstr("sealpost_smtp_messages_total{listener=\"other\"} 20\n"));
    EXPECT_THAT(text, HasSubstr("{listener=\"listener499\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("listener500")));
}

TEST(Metrics, TravelWithTheLog)
{
    const Metrics metrics = Metrics::make();
    const Log log = Log::silent().with(metrics).with("role", "gateway");
    log.metrics().add(Metric::messages_sealed, {"sealed"});
    EXPECT_THAT(metrics.format_text(), HasSubstr("sealpost_messages_sealed_total{result=\"sealed\"} 1\n"));
    Log::silent().metrics().add(Metric::messages_sealed, {"sealed"});  // counts nowhere
    EXPECT_EQ(Metrics().format_text(), "");
}

}  // namespace
}  // namespace sealpost::log
