using System.Text.Json;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What is kept of parameters: secrets as a keyed hash where steps are compared, as stars where people read.</summary>
public sealed class PlannedStepTests
{
    private static readonly ActivityDescriptor Descriptor = new CountingActivity("test.restart_thing", Effect.Disruptive, RiskLevel.None, undo: true).Descriptor;

    [Fact]
    public void Of_Secret_IsHashedWithTheKeyAndNeverWritten()
    {
        var step = Step("""{ "name": "web", "token": "s3cret" }""", 1);
        step.Hashed.Should().MatchRegex("""^\{"name":"web","token":"hmac-sha256:[0-9a-f]{64}"\}$""");
        step.Masked.Should().Be("""{"name":"web","token":"***"}""");
        Step("""{ "token": "s3cret", "name": "web" }""", 1).Hash.Should().Be(step.Hash, "the order says nothing");
        Step("""{ "name": "web", "token": "s3cret" }""", 2).Hash.Should().NotBe(step.Hash, "without the key nobody can try words");
        Step("""{ "name": "web", "token": "other" }""", 1).Hash.Should().NotBe(step.Hash);
    }

    [Fact]
    public void Of_SecretThatIsNotGiven_StaysNull()
    {
        var step = Step("""{ "name": "web", "token": null }""", 1);
        (step.Hashed, step.Masked).Should().Be(("""{"name":"web","token":null}""", """{"name":"web","token":null}"""));
    }

    private static (string Hash, string Hashed, string Masked) Step(string input, byte key)
    {
        var step = PlannedStep.Of(Descriptor, CountingActivity.TargetOf("web")!, JsonSerializer.Deserialize<JsonElement>(input), [key]);
        return (step.ParametersHash, step.HashedParameters, step.MaskedParameters);
    }
}
