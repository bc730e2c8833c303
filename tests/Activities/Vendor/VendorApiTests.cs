using FluentAssertions;

namespace Homelab.Tests.Activities.Vendor;

/// <summary>The check itself: what it must refuse.</summary>
public sealed class VendorApiTests
{
    private const string Proxmox = "proxmox-ve/openapi.selfheal.json";
    private const string Gitea = "gitea/swagger.v1.prism.json";

    [VendorFact(Proxmox)]
    public void Check_Form_RefusesWhatIsUnknownMissingOrWrong()
    {
        var api = VendorApi.Load(Shared.Spec(Proxmox));
        var form = new Dictionary<string, string> { ["Content-Type"] = "application/x-www-form-urlencoded" };
        const string config = "/api2/json/nodes/n1/lxc/101/config";
        api.Check(new("PUT", config, "", "cores=2&memory=512", form)).Should().BeEmpty();
        api.Check(new("PUT", config, "", "cores=two", form)).Should().ContainSingle().Which.Should().Contain("cores");
        api.Check(new("PUT", config, "", "kores=2", form)).Should().ContainSingle().Which.Should().Contain("kores is not known");
        api.Check(new("PUT", "/api2/json/nodes/n1/lxc/101/resize", "", "disk=rootfs", form)).Should().ContainSingle().Which.Should().Contain("size is required");
        api.Check(new("GET", "/api2/json/nodes/n1/tasks", "colour=red", "", new Dictionary<string, string>())).Should().ContainSingle().Which.Should().Contain("colour");
        api.Check(new("GET", "/api2/json/nothing", "", "", new Dictionary<string, string>())).Should().ContainSingle().Which.Should().Contain("not described");
        api.Check(new("PUT", config, "", "{}", new Dictionary<string, string> { ["Content-Type"] = "text/plain" })).Should().NotBeEmpty();
    }

    [VendorFact(Gitea)]
    public void Check_Json_RefusesWhatIsUnknownMissingOrWrong()
    {
        var api = VendorApi.Load(Shared.Spec(Gitea));
        var json = new Dictionary<string, string> { ["Content-Type"] = "application/json; charset=utf-8" };
        const string issues = "/api/v1/repos/o/r/issues";
        api.Check(new("POST", issues, "", """{"title":"x","body":"y"}""", json)).Should().BeEmpty();
        api.Check(new("POST", issues, "", """{"body":"y"}""", json)).Should().ContainSingle().Which.Should().Contain("title is required");
        api.Check(new("POST", issues, "", """{"title":"x","labels":["a"]}""", json)).Should().ContainSingle().Which.Should().Contain("labels[0]");
        api.Check(new("POST", issues, "", """{"title":"x","tittle":1}""", json)).Should().ContainSingle().Which.Should().Contain("tittle is not known");
    }
}
