using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Systemd;
using Xunit;

namespace Homelab.Tests.Activities.Linux;

/// <summary>What a real Debian says of its sockets; the guest has the network of this machine.</summary>
[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class ListConnectionsTests(GuestFixture guest)
{
    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ListConnections_UnitConnectedToAnother_IsOutgoingOfOneAndNotOfTheOther()
    {
        var port = await ConnectedUnits.StartAsync(guest);
        try
        {
            var found = await guest.Environment.RunAsync("linux.list_connections", new { });
            Of("listeners").Should().Contain(("*", port, ConnectedUnits.Listening)).And.Contain(("127.0.0.1", guest.Server.Port, "ssh.service"));
            Of("outgoing").Where(one => one.Port == port).Should().BeEquivalentTo([("127.0.0.1", port, ConnectedUnits.Connecting), ("::1", port, ConnectedUnits.Connecting)], "each peer once, and not what came in");
            Of("outgoing").Should().Contain(one => one.Port == guest.Server.Port && one.Unit == null, "this very connection is made from outside of the guest");
            found["addresses"]!.AsArray().Select(address => (string)address!).Should().NotContain("127.0.0.1").And.NotContain("::1")
                .And.Contain((await guest.InsideAsync("hostname -I")).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

            IEnumerable<(string Address, int Port, string? Unit)> Of(string list) => found[list]!.AsArray().Select(one => ((string)one!["address"]!, (int)one["port"]!, (string?)one["unit"]));
        }
        finally
        {
            await ConnectedUnits.StopAsync(guest, ConnectedUnits.Connecting, ConnectedUnits.Listening);
        }
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ListConnections_MachineWithoutSs_SaysSo()
    {
        await guest.InsideAsync("mv /usr/bin/ss /usr/bin/ss.away");
        try
        {
            (await FluentActions.Awaiting(() => guest.Environment.RunAsync("linux.list_connections", new { })).Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("ss");
        }
        finally
        {
            await guest.InsideAsync("mv /usr/bin/ss.away /usr/bin/ss");
        }
    }
}
