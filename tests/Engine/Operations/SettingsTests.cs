using FluentAssertions;
using Homelab.Engine;
using Homelab.Engine.Operations;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

public class SettingsTests
{
    [Fact]
    public void Create_SeveralBadSettings_NamesEveryOneAndNoSecret()
    {
        var create = () => Server.Create(new Dictionary<string, string?>
        {
            ["Logs:KeepDays"] = "zero",
            ["Telemetry:OtlpEndpoint"] = "not-an-address",
            ["Telemetry:Colour"] = "red",
            ["Retention:Days"] = "0",
            ["Schedules:MisfireThreshold"] = "soon",
            ["Webhooks:Secrets:git:Secret"] = "tooshort",
        });

        var problems = create.Should().Throw<BadConfigurationException>().Which.Problems;

        problems.Should().HaveCount(6);
        string.Join("\n", problems).Should().ContainAll("Logs:KeepDays is \"zero\"", "Telemetry:Colour is not a setting", "Retention:Days", "Schedules:MisfireThreshold", "Webhooks:Secrets:git", "not-an-address").And.NotContain("tooshort");
    }

    [Theory]
    [InlineData("Activities:Ssh:nas:Password", "hunter2hunter2", "login with hunter2hunter2 failed", "login with *** failed")]
    [InlineData("Telegram:Token", "12:ab/cd", "POST /bot12%3Aab%2Fcd/send", "POST /bot***/send")]
    [InlineData("Storage:ConnectionString", "Host=db;Password=s3cretpw;Username=me", "auth failed for s3cretpw at db", "auth failed for *** at db")]
    [InlineData("Logs:Directory", "logs-directory", "writes to logs-directory", "writes to logs-directory")]
    public void Hide_ConfiguredSecret_IsReplacedWhereverItAppears(string name, string value, string text, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();

        Secrets.From(configuration).Hide(text).Should().Be(expected);
    }
}
