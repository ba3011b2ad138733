/**
 * The test a deployment to production runs: the class by both its ways, and every trigger by an insert that may fail
 * at the org's own rules after the trigger ran. It covers all but the lines that meet an error or a full heap.
 */
export function hookTest({ className, objects }: { className: string; objects: readonly string[] }): string {
  const names = objects.map((object) => `'${object}'`).join(', ');
  return `@IsTest
private class ${className}Test {
    private class Receiver implements HttpCalloutMock {
        public HttpResponse respond(HttpRequest request) {
            System.assertEquals('POST', request.getMethod());
            System.assert(request.getHeader('X-Tidings-Signature').startsWith('sha256='));
            HttpResponse response = new HttpResponse();
            response.setStatusCode(200);
            return response;
        }
    }

    @IsTest
    static void oneCalloutForAllRecordsOfASave() {
        Test.setMock(HttpCalloutMock.class, new Receiver());
        Test.startTest();
        ${className}.tell(new List<SObject>{ new Account(Name = 'One'), new Account(Name = 'Two') }, 'insert');
        System.assertEquals(1, Limits.getFutureCalls());
        Test.stopTest();
    }

    @IsTest
    static void anotherJobSendsWhereNoFutureMayStart() {
        Test.setMock(HttpCalloutMock.class, new Receiver());
        Test.startTest();
        System.enqueueJob(new ${className}('{"objects":[],"action":"update"}'));
        Test.stopTest();
        System.assertEquals(0, Limits.getFutureCalls());
    }

    @IsTest
    static void nothingIsSentOfNothing() {
        ${className}.tell(null, 'insert');
        System.assertEquals(0, Limits.getFutureCalls());
    }

    @IsTest
    static void everyTriggerRuns() {
        Test.setMock(HttpCalloutMock.class, new Receiver());
        Test.startTest();
        for (String name : new List<String>{ ${names} }) {
            try {
                Database.insert(filled(Schema.getGlobalDescribe().get(name)), false);
            } catch (Exception problem) {
                System.debug('The org has rules of its own for ' + name + ': ' + problem.getMessage());
            }
        }
        Test.stopTest();
        System.assertNotEquals(null, Schema.getGlobalDescribe());
    }

    private static SObject filled(Schema.SObjectType type) {
        SObject record = type.newSObject();
        for (Schema.SObjectField field : type.getDescribe().fields.getMap().values()) {
            Schema.DescribeFieldResult about = field.getDescribe();
            Boolean isNeeded = about.isCreateable() && !about.isNillable() && !about.isDefaultedOnCreate();
            Object value = isNeeded ? sample(about) : null;
            if (value != null) {
                record.put(field, value);
            }
        }
        return record;
    }

    private static Object sample(Schema.DescribeFieldResult about) {
        switch on about.getType() {
            when Boolean {
                return false;
            }
            when Currency, Double, Percent {
                return 1.0;
            }
            when Integer {
                return 1;
            }
            when Date {
                return Date.today();
            }
            when DateTime {
                return DateTime.now();
            }
            when Email {
                return 'tidings@example.com';
            }
            when Picklist {
                return about.getPicklistValues().isEmpty() ? 'Tidings' : about.getPicklistValues()[0].getValue();
            }
            when Reference, Id {
                return null;
            }
            when else {
                return 'Tidings'.left(Math.max(1, about.getLength()));
            }
        }
    }
}
`;
}
