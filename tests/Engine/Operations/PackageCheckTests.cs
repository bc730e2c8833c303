using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Api;
using Homelab.Tests.Engine.Console;

namespace Homelab.Tests.Engine.Operations;

/// <summary><c>packaging/check</c>, which a user runs over a published executable, over what this build made: started in an empty directory it has everything beside it or above.</summary>
public sealed class PackageCheckTests
{
    [ConsoleFact]
    public async Task Check_BuiltExecutable_FindsAllThatBelongsToIt()
    {
        using var check = Process.Start(new ProcessStartInfo("bash", [Path.Combine(ApiFrameTests.Repository(), "packaging", "check"), Path.GetDirectoryName(EngineProcess.BuiltHere)!])
        {
            Environment = { ["PORT"] = RealServer.FreePort().ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));

        var error = check.StandardError.ReadToEndAsync(limit.Token);
        var output = await check.StandardOutput.ReadToEndAsync(limit.Token);
        await check.WaitForExitAsync(limit.Token);

        (await error).Should().BeEmpty();
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(11).And.OnlyContain(line => line.StartsWith("ok   ", StringComparison.Ordinal));
    }
}
